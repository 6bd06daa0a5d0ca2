using Triptych.Api.Http;
using Triptych.Columnar.Samples;

namespace Triptych.Api.Prometheus;

/// <summary><c>series</c>: the label sets that have a sample between start and end, each once whatever number of selectors finds it.</summary>
internal sealed class SeriesEndpoint(ISampleSource source, QueryRunner runner)
{
    private const string Truncated = "results truncated due to limit";

    /// <summary>Answers.</summary>
    public async Task SeriesAsync(ApiCall call)
    {
        var limit = call.Parameters.Limit();
        var (startMs, endMs) = call.Parameters.Range();
        var selectors = call.Parameters.Selectors(namesParameter: true);
        var problem = call.Parameters.All("match[]").Any() ? call.Parameters.Problem : ApiError.BadData("no match[] parameter provided");
        if (problem is not null)
        {
            await call.FailAsync(problem);
            return;
        }

        var answer = await call.LookUpAsync(runner, async (context, _) =>
        {
            var collector = new SeriesCollector(source, context);
            foreach (var matchers in startMs <= endMs ? selectors : []) await collector.AddAsync(matchers, startMs, endMs, limit);
            return collector;
        });
        if (answer is null) return;
        await using var response = ApiResponse.Begin(call.Response);
        response.Json.WriteStartArray();
        for (var i = 0; i < Math.Min(limit, answer.Found.Count); i++)
        {
            AnswerJson.WriteLabels(response.Json, answer.Found.Symbols, answer.Found[i]);
            await response.FlushIfFullAsync();
        }

        response.Json.WriteEndArray();
        if (limit < answer.Found.Count) answer.Context.Warn(Truncated);
        await response.EndAsync(answer.Context.Warnings, answer.Context.Infos);
    }
}
