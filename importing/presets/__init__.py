"""One TOML file for each system whose exports are known; docs/how-to/add-a-preset.md explains them."""
