"""Mail carries a number, a link and perhaps a code, never what somebody asked or who they are."""
