"""Which members are likely one person: blocking, comparison and a model of three classes. No Django."""
