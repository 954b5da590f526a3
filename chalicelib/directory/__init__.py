"""The network's books: organisations, clients, products, parties, places."""
