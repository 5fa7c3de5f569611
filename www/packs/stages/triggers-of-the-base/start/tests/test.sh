sh main.sh | grep -q hello
