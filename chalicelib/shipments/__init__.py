"""What is shipped from one party to another: expected goods, and the documents that go with it."""
