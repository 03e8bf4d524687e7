"""The stock of products: what moves it, who changed it, and which orders still wait for pieces."""
