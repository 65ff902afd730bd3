"""A service of 2017 moved onto apirouter: its API layer is re-exports, its plugin and tests are as they were."""
