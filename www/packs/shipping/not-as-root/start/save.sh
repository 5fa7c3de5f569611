echo saved > /data/state && cat /data/state
