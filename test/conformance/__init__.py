"""One set of tests for every robot behind the contract."""
