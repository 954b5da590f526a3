"""Labels: what scanners and people read on packs and pallets."""
