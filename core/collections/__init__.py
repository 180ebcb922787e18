"""One module a collection: each builds itself from its sources."""
