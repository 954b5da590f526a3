"""Read models fed by the stream: deliveries and holdings."""
