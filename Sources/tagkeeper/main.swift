print("tagkeeper")
