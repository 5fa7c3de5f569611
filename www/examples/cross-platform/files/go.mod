module example.org/whereami

go 1.27
