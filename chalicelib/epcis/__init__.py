"""The language of events: EPCIS events, CBV words, and what they mean."""
