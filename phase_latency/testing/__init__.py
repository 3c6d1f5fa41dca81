"""For those who test: strategies that draw layers and encodings, and the profiles that say how many."""
