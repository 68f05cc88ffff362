"""Japanese and English: msgids are English, ``ja.po`` holds the Japanese; no compiled catalogue."""
