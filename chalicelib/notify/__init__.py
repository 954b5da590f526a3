"""Telling a party: webhook endpoints, signed deliveries, retries."""
