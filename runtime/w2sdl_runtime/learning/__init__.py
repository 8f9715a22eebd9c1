"""Training and reading of language models: tokens, batches, heads, losses over whole batches."""
