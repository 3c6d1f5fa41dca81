"""Measured deviations and the certified rounding bounds they are held against."""
