"""Files that say what each order came to, and not what each line did."""
