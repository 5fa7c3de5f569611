echo "$GREETING from $PWD" > greeting.txt
