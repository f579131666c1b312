"""What is read out of a text by rule and compared exactly: its quantities, dates and times."""
