"""A large synthetic community with the skew of a real one. `manage.py seed_scale` writes it."""
