"""The jitted core: arrays and scalars in, arrays out, no validation."""
