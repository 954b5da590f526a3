"""Suspect and illegitimate product: kept out of trade, looked into, told of, cleared or not."""
