"""`make demo`: the product on a folder of its own, a shop's behaviour sent to it over HTTP, and what it then answers.

A guest of the product: it sends and asks as any client does. Nothing in the product knows of it.
"""
