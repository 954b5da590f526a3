"""What a scan says, for whoever wants to know before anything is done with it."""
