"""The embedder's weights and tokenizer: all-MiniLM-L6-v2, Apache-2.0, shipped so that nothing waits for a network."""
