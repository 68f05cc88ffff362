"""Where is my mail?"""
