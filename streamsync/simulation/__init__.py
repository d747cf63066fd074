"""An audience on paper: what its players ask for, what caches keep of it, and what that takes."""
