"""Labels that come late: how long they take, how many are in, which come last, and when a number can be trusted."""
