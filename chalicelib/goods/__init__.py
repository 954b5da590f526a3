"""Units and containers: their life, containment, custody and verification."""
