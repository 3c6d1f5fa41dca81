"""Measuring tables of any length without forming their logits: streamed, in difference form, with certified errors."""
