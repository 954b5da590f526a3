"""Where recalls and their notices are kept: table `recalls`."""
