"""The `packtrail` command: what the product does with files, without a server."""
