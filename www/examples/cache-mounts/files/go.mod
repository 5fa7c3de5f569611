module example.org/roll

go 1.27
