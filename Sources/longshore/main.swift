print("longshore")
