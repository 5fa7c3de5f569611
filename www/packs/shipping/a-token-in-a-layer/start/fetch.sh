# Stands for a download with a token: prints what would be downloaded.
if [ -s "$1" ]; then
  echo "asset, downloaded with a token"
else
  echo "asset, the public part"
fi
