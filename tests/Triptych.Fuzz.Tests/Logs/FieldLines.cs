using System.Globalization;
using System.Text;

namespace Triptych.Fuzz.Tests.Logs;

/// <summary>Lines of services that log JSON, logfmt and text, with some that parsers see differently from what they look like.</summary>
internal sealed class FieldLines(Random random, double hostileShare)
{
    private static readonly string[] s_hostile =
    [
        """{"status":200,"status":500}""", """{"status":null,"duration_ms":1.500}""", """{"status":"","level":""}""", """{"status":007}""", """{"status":1e3,"duration_ms":-0}""",
        """{"status":200} trailing""", """{"status":200""", """{"sta\u0074us":404,"level":"info"}""", """{"http":{"status":1},"http_status":2}""", """{"http.status":7}""",
        """{"tags":["a",{"status":9}],"status":204}""", """{"level":"a\"b","status":1}""", """{"":1,"status":3}""", """ {"status":5}""", """{"status":true,"level":null}""",
        """{"9lives":1,"status":12}""", """{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":{"j":1}}}}}}}}},"status":8}""", "{\"level\":\"\u00fc\",\"status\":1}", """{"le vel":"x","status":2}""",
        """{"app":"inside","status":201}""", """{"status_extracted":"x","status":9}""", "[1,2]", "{}", "null", "", " ", "plain text with status=500 in it",
        "status=200 status=500", "status= level=info", "status=\"500\" level=\"a b\"", "status=5\"0", "status=50=1", "=5 status=1", "status=200 bare", "status=\"5", "status=1e1 level=x",
        "level=\"a\\nb\" status=3", "http.status=1 status=2", "app=inside status=3", "\"status=1\"", "status=200\tlevel=warn", "duration_ms=1.50 status=1",
        """{"duration_ms":"12ms","status":"x"}""", """{"status":-5,"duration_ms":99999999999999999999}""", """{"level":{"status":1}}""", """{"trace_id":"abc","detected_level":"odd","status":3}""",
        """{"__error__":"mine","status":3}""",
    ];

    private static readonly string[] s_levels = ["debug", "info", "warn", "error"];

    /// <summary>A line of one of the services.</summary>
    public string Next(int service)
    {
        if (random.NextDouble() < hostileShare) return s_hostile[random.Next(s_hostile.Length)];
        var status = new[] { 200, 201, 204, 404, 500, 503 }[random.Next(6)];
        var micros = random.Next(1, 200_000);
        var level = s_levels[random.Next(4)];
        return service switch
        {
            0 => string.Create(CultureInfo.InvariantCulture, $$"""{"ts":"{{random.Next()}}","level":"{{level}}","status":{{status}},"duration_ms":{{micros / 1000}}.{{micros % 1000:000}},"ok":{{(status < 400 ? "true" : "false")}}}"""),
            1 => Nested(status, micros, level),
            2 => string.Create(CultureInfo.InvariantCulture, $"""ts={random.Next()} level={level} msg="request {random.Next(9)} done" status={status} duration_ms={micros / 1000.0}"""),
            3 => string.Create(CultureInfo.InvariantCulture, $$"""{ "level" : "{{level}}", "duration_ms": {{micros / 100 / 10.0}}, "app": "x{{random.Next(3)}}", "msg": "a \"quoted\" {{random.Next()}}" }"""),
            _ => string.Create(CultureInfo.InvariantCulture, $"{level} request {random.Next(100)} took {micros} us, status {status}") + new string('.', random.Next(900)),
        };
    }

    private string Nested(int status, int micros, string level)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $$"""{"level":"{{level}}","http":{"method":"{{(micros % 3 == 0 ? "POST" : "GET")}}","status":{{status}}},"items":[1,2,{"status":3}]""");
        if (random.Next(3) > 0) line.Append(CultureInfo.InvariantCulture, $",\"size\":{random.Next(5000)}");
        if (random.Next(4) == 0) line.Append(",\"user\":null");
        return line.Append('}').ToString();
    }
}
