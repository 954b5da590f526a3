"""What customers bring back: verified, found among our own sales, and accepted or quarantined."""
