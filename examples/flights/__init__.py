"""A real pipeline on real data: will a flight out of New York land more than 15 minutes late?"""
