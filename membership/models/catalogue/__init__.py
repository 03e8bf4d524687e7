"""What is sold: products, categories, and the names that they had before."""
