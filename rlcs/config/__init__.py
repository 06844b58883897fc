"""The configuration tree, how it is loaded, and the checks that run before anything heavy starts."""
