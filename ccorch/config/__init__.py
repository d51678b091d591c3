"""The only room that knows Hydra: layers and overrides become one checked `RunConfig`."""
