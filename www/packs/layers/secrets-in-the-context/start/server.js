const http = require("http");
const url = process.env.DATABASE_URL;
http.createServer((request, response) => response.end("hello\n")).listen(3000);
console.log("database configured:", Boolean(url));
