"""How requests go, in numbers that can be counted again and show nobody."""
