"""The language of Footfall: values, names and the rules that need nothing but a value.

No I/O, no drivers, no settings: what needs one of these lives in a folder above.
"""
