"""Evidence to verdict: rules over facts, never over what a worker claims."""
