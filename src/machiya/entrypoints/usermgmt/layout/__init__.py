"""What all pages share: frame, macros, navigation, words."""
