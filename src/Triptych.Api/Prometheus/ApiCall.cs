using Microsoft.AspNetCore.Http;
using Triptych.Api.Http;
using Triptych.Api.Operations;
using Triptych.Columnar;
using Triptych.Model;
using Triptych.Query;
using Triptych.Query.Budgets;

namespace Triptych.Api.Prometheus;

/// <summary>One request of the Prometheus API after what all of them share: the tenant is known and the parameters are read.</summary>
internal sealed class ApiCall
{
    private readonly HttpContext _http;

    private ApiCall(HttpContext http, TenantId tenant, RequestParameters parameters)
    {
        _http = http;
        Tenant = tenant;
        Parameters = parameters;
    }

    /// <summary>Whose data.</summary>
    public TenantId Tenant { get; }

    /// <summary>What the client asked for.</summary>
    public RequestParameters Parameters { get; }

    /// <summary>The Accept header, all of it.</summary>
    public string Accepts => _http.Request.Headers.Accept.ToString();

    /// <summary>Where the answer goes.</summary>
    public HttpResponse Response => _http.Response;

    /// <summary>Ends when the client goes away.</summary>
    public CancellationToken Aborted => _http.RequestAborted;

    /// <summary>A value of the route.</summary>
    public string RouteValue(string name) => _http.Request.RouteValues[name] as string ?? "";

    /// <summary>Wraps an endpoint in what all of them share.</summary>
    public static RequestDelegate Handler(Func<ApiCall, Task> answer) => async http =>
    {
        if (TenantHeader.Read(http.Request) is not { } tenant)
        {
            await ApiResponse.FailAsync(http.Response, ApiError.BadData(TenantHeader.Error));
            return;
        }

        var (parameters, error) = await RequestParameters.ReadAsync(http.Request, http.RequestAborted);
        await (parameters is null ? ApiResponse.FailAsync(http.Response, error!) : answer(new ApiCall(http, tenant, parameters)));
    };

    /// <summary>What is asked, for the list of running queries.</summary>
    /// <param name="text">The query, or the selectors of a look-up.</param>
    public QueryOrigin Origin(string text) => QueryOrigin.Of(_http, text);

    /// <summary>Answers with an error.</summary>
    public Task FailAsync(ApiError error) => ApiResponse.FailAsync(Response, error);

    /// <summary>Answers that a query ended without a result.</summary>
    public Task FailAsync(QueryError error) => FailAsync(ApiError.Of(error, Aborted.IsCancellationRequested));

    /// <summary>Answers with data that is small, written at once.</summary>
    public async Task AnswerAsync(Action<System.Text.Json.Utf8JsonWriter> writeData)
    {
        await using var response = ApiResponse.Begin(Response);
        writeData(response.Json);
        await response.EndAsync();
    }

    /// <summary>Looks something up under the limits of a query; null where that failed and the client has been told.</summary>
    public async Task<LookupAnswer<T>?> LookUpAsync<T>(QueryRunner runner, Func<QueryContext, ScanStatistics, ValueTask<T>> look)
    {
        var run = await runner.RunAsync<LookupAnswer<T>>("promql", Tenant, null, RunAsync, Aborted, Origin(string.Join(", ", Parameters.All("match[]"))));
        Response.RegisterForDispose(run);
        if (run.Result.Error is not { } error) return run.Result.Value;
        await FailAsync(error);
        return null;

        async ValueTask<QueryResult<LookupAnswer<T>>> RunAsync(QueryContext context)
        {
            var statistics = new ScanStatistics();
            var found = await look(context, statistics);
            context.Add(statistics);
            return new LookupAnswer<T>(found, context);
        }
    }
}

/// <summary>What was looked up, and the context with its warnings.</summary>
internal sealed record LookupAnswer<T>(T Found, QueryContext Context);
