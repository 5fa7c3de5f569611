var app = WebApplication.CreateBuilder(args).Build();

app.MapGet("/", () => new { time = DateTimeOffset.UtcNow });
app.MapGet("/zone/{id}", (string id) =>
    TimeZoneInfo.ConvertTimeBySystemTimeZoneId(DateTimeOffset.UtcNow, id));

app.Run();
