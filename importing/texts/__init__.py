"""Text as files hold it: in which encoding it is, and marks of the web that stand for characters."""
