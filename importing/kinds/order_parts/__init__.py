"""The parts of reading and writing orders, which ``importing.kinds.orders`` puts together."""
