"""DynamoDB: tables, items, one client and the one transaction."""
