#pragma once
#include <string>
namespace modulah::validate { struct Finding { std::string message; }; }
